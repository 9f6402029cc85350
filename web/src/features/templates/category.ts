import { useWords } from './words';

/** categoryText is a category's word: the built-in ones have texts, others stand as their writer wrote them. */
export function categoryText(category: string): string {
  const key = `category.${category}`;
  const word = useWords.word(key);
  return word === key ? category : word;
}
