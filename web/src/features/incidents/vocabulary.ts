// The words of the contract's closed sets, in the order in which they are shown; the contract's own rules refuse others.
import { IncidentSchema } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { wordsOf } from '../../lib/record';

const { field } = IncidentSchema;
export const categories = wordsOf(field.category);
export const severities = wordsOf(field.severity);
export const statuses = wordsOf(field.status);
export const criticalities = wordsOf(field.operationalCriticality);

/** The usual endings of an incident; the contract takes any word. */
export const endings = ['fixed', 'workaround', 'user_error', 'no_fault_found', 'duplicate'] as const;
