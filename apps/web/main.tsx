import { render } from 'preact';
import './styles/tokens.css';
import './styles/page.css';
import './styles/parts.css';
import { App } from './app.js';
import { followLink } from './navigation.js';
import { startLive } from './server/live.js';

document.addEventListener('click', followLink);
startLive();
render(<App />, document.querySelector('#app') as HTMLElement);
