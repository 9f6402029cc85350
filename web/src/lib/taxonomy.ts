// The tenant's own words for types, levels and states: what may be chosen, in their order.
import { useQuery } from '@connectrpc/connect-query';
import { TaxonomyService, type TaxonomyDomains, type TaxonomyWord } from '../gen/holdfast/taxonomy/v1/taxonomy_pb';
import type { Key } from './record';
import type { TaxonomyDomainsSchema } from '../gen/holdfast/taxonomy/v1/taxonomy_pb';

/** Domain is one of the vocabularies. */
export type Domain = Key<typeof TaxonomyDomainsSchema>;

const none: TaxonomyWord[] = [];

/** wordsIn are the words of a domain in their order, the smallest place first. */
export function wordsIn(domains: TaxonomyDomains | undefined, domain: Domain): TaxonomyWord[] {
  return domains ? domains[domain].toSorted((a, b) => a.sortOrder - b.sortOrder) : none;
}

/** useVocabulary is the domain's words that may be set now. */
export function useVocabulary(domain: Domain): TaxonomyWord[] {
  const query = useQuery(TaxonomyService.method.getCurrentTaxonomy, {}, { staleTime: 60_000 });
  return wordsIn(query.data?.domains, domain).filter((w) => w.isActive !== false);
}

/** choicesOf puts words into a Select; a value that was dropped since stays choosable for the record that has it. */
export function choicesOf(words: readonly TaxonomyWord[], now?: { value: string; label: string }): { value: string; label: string }[] {
  const all = words.map((w) => ({ value: w.value, label: w.label }));
  return now && now.value && !all.some((w) => w.value === now.value) ? [...all, { value: now.value, label: now.label }] : all;
}
