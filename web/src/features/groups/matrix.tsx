import { Checkbox, Stack, Table } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { Check } from 'lucide-react';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { Loaded } from '../../ui/loaded';
import { grants, linesOf, toggled, wider } from './grants';
import { useWords } from './words';

interface Props {
  value: readonly string[];
  /** Without it the table is only shown. */
  onChange?: (permissions: string[]) => void;
}

/** Matrix is what a group may do: a line per area, a column per action. */
export function Matrix({ value, onChange }: Props) {
  const query = useQuery(GroupService.method.listPermissions, {}, { staleTime: 300_000 });
  return (
    <Loaded query={query} height={240}>
      {({ items }) => <Grants {...linesOf(items)} value={value} onChange={onChange} />}
    </Loaded>
  );
}

function Grants({ lines, actions, value, onChange }: ReturnType<typeof linesOf> & Props) {
  const t = useWords();
  const area = (resource: string) => useWords.known(`area.${resource}`) ?? resource;
  const act = (action: string) => useWords.known(`act.${action}`) ?? action;
  const cell = (resource: string, action: string, label: string) => {
    const on = grants(value, resource, action);
    if (!onChange) return on ? <Check size={15} aria-label={t('yes')} /> : null;
    const covered = wider(value, resource, action);
    return <Checkbox size="xs" aria-label={label} title={covered ? t('covered') : undefined} checked={on} disabled={covered} onChange={() => onChange(toggled(value, `${resource}:${action}`))} />;
  };
  return (
    <Stack gap="xs">
      {onChange ? (
        <Checkbox size="xs" label={t('everything')} checked={value.includes('*')} onChange={() => onChange(toggled(value, '*'))} />
      ) : (
        value.includes('*') && <span>{t('everything')}</span>
      )}
      <Table.ScrollContainer minWidth={520} type="native" tabIndex={0} role="region" aria-label={t('matrix')}>
        <Table aria-label={t('matrix')} verticalSpacing={4} horizontalSpacing="xs" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('resource')}</Table.Th>
              <Table.Th>{act('*')}</Table.Th>
              {actions.map((a) => (
                <Table.Th key={a}>{act(a)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((l) => (
              <Table.Tr key={l.resource}>
                <Table.Th scope="row" fw={500}>
                  {area(l.resource)}
                </Table.Th>
                <Table.Td>{cell(l.resource, '*', t('all', { resource: area(l.resource) }))}</Table.Td>
                {actions.map((a) => (
                  <Table.Td key={a}>{l.actions.includes(a) && cell(l.resource, a, t('granted', { resource: area(l.resource), action: act(a) }))}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
