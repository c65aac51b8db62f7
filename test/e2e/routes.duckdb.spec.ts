import { describe } from '@jest/globals';
import { routesOn } from './routes.cases.js';

describe('the server on DuckDB', () => {
  routesOn(() => Promise.resolve({}));
});
