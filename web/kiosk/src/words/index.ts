// One language after the other: a further one is a file here and a line below.

import { english } from './en';
import { chinese, type Word, type Words } from './zh-CN';

export type { Word } from './zh-CN';
export type Language = 'zh-CN' | 'en';
export type Values = Readonly<Record<string, string | number | undefined>>;

export const firstLanguage: Language = 'zh-CN';
const catalogues: Readonly<Record<Language, Words>> = { 'zh-CN': chinese, en: english };
const ownNames: Readonly<Record<Language, string>> = { 'zh-CN': '中文', en: 'English' };

export const languages = Object.keys(catalogues) as Language[];

export function isLanguage(text: unknown): text is Language {
  return languages.some((one) => one === text);
}

// The next one round: with two languages, the other.
export function nextLanguage(language: Language): Language {
  return languages[(languages.indexOf(language) + 1) % languages.length] ?? firstLanguage;
}

export function nameOf(language: Language): string {
  return ownNames[language];
}

export function isWord(text: string): text is Word {
  return Object.hasOwn(chinese, text);
}

export function say(language: Language, word: Word, values: Values = {}): string {
  return catalogues[language][word].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''));
}
