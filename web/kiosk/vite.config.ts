// The same sources give the same bytes: names without hashes, and nothing of the machine.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  root: here('.'),
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'chrome109',
    outDir: here('dist'),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        kiosk: here('index.html'),
        simulated: here('simulated.html'),
        worker: here('src/worker/worker.ts'),
      },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'page.js',
        assetFileNames: '[name][extname]',
      },
    },
  },
});
