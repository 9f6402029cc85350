import { catalogue } from '../lib/i18n';

/** The words of imports. */
export const useImportWords = catalogue(
  {
    trying: 'Trying {name}', applying: 'Storing {name}', planned: 'What would become of {name}', result: 'What became of {name}', another: 'Another file', nothing: 'There is nothing new to store.',
    first: 'The first {n} of each kind are shown.', planChanged: 'Something changed meanwhile. It was tried again: look at it once more.',
  },
  {
    trying: '{name} wird probiert', applying: '{name} wird gespeichert', planned: 'Was aus {name} würde', result: 'Was aus {name} wurde', another: 'Andere Datei', nothing: 'Es gibt nichts Neues zu speichern.',
    first: 'Gezeigt werden je Art die ersten {n}.', planChanged: 'Inzwischen hat sich etwas geändert. Es wurde noch einmal probiert: sehen Sie es sich noch einmal an.',
  },
);
