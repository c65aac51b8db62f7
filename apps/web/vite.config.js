import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Built by `tools/build.js` into what the server serves; all paths are of the server itself, and nothing is inlined. */
export default defineConfig({
  root: path('.'),
  publicDir: 'public',
  base: '/',
  cacheDir: path('../../node_modules/.vite'),
  resolve: {
    alias: [
      { find: /^#domain\/(.*)$/, replacement: `${path('../../libs/domain')}/$1.ts` },
      { find: /^#domain$/, replacement: path('../../libs/domain/index.ts') },
    ],
  },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', target: 'es2022' },
  build: {
    outDir: path('../../dist/apps/web'),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no data: addresses, and one style sheet is one request less.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8000', '/ressources-usage': 'http://127.0.0.1:8000' } },
});
