// The words of the contract's closed sets, in the order in which they are shown; the contract's own rules refuse others.
import { getOption } from '@bufbuild/protobuf';
import { field } from '../../gen/buf/validate/validate_pb';
import { IncidentSchema } from '../../gen/holdfast/incidents/v1/incidents_pb';

function wordsOf(name: 'category' | 'severity' | 'status' | 'operationalCriticality'): readonly string[] {
  const { type } = getOption(IncidentSchema.field[name], field);
  return type.case === 'string' ? type.value.in.filter((w) => w !== '') : [];
}

export const categories = wordsOf('category');
export const severities = wordsOf('severity');
export const statuses = wordsOf('status');
export const criticalities = wordsOf('operationalCriticality');

/** The usual endings of an incident; the contract takes any word. */
export const endings = ['fixed', 'workaround', 'user_error', 'no_fault_found', 'duplicate'] as const;
