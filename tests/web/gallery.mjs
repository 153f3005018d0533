// gallery.mjs <pictures> <folder>: the pictures that screens.test.mjs took, small enough to keep.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { openBrowser, sizes } from './rig.mjs';

const widths = { portrait: 360, landscape: 480, small: 400 };
const quality = 0.7;
const [from, to] = process.argv.slice(2);
const languages = ['zh-CN', 'en'];

async function shrink(page, file, width) {
  const source = `data:image/png;base64,${readFileSync(file).toString('base64')}`;
  const url = await page.evaluate(async ([data, wide, fine]) => {
    const image = new Image();
    image.src = data;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = wide;
    canvas.height = Math.round((image.height * wide) / image.width);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/webp', fine);
  }, [source, width, quality]);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

const browser = await openBrowser();
const page = await browser.newPage();
const names = readdirSync(path.join(from, 'zh-CN-portrait')).map((name) => path.parse(name).name);
for (const size of Object.keys(sizes)) {
  for (const language of languages) {
    const folder = `${language}-${size}`;
    mkdirSync(path.join(to, folder), { recursive: true });
    for (const name of names) {
      const small = await shrink(page, path.join(from, folder, `${name}.png`), widths[size]);
      writeFileSync(path.join(to, folder, `${name}.webp`), small);
    }
  }
}
await browser.close();

const cell = (folder, name) => `![${name}](${folder}/${name}.webp)`;
const rows = names.map((name) =>
  `| ${name} | ${languages.map((language) => cell(`${language}-portrait`, name)).join(' | ')} |`);
writeFileSync(path.join(to, 'README.md'), `# The screen

Each screen of the page in \`web/kiosk\`, as the tests in \`tests/web\` found it at the real daemon, at
1080×1920; the folders beside hold 1280×800 (\`landscape\`) and 800×480 (\`small\`). Made anew by
\`tests/web/run.sh pictures\` after \`./run test dev -R web\`.

| screen | 中文 | English |
|---|---|---|
${rows.join('\n')}
`);
