import { nameText } from '../text.js';

/** A name from outside: always text, in one line, cut by the layout where it is long and whole on hover. */
export function Name({ of }: { of: string }) {
  const text = nameText(of);
  return (
    <bdi class="name" title={text}>
      {text}
    </bdi>
  );
}
