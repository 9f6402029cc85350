import { Button, Table, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { TaxonomyService } from '../../gen/holdfast/taxonomy/v1/taxonomy_pb';
import { outdate, useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { Badge } from '../../ui/badge';
import { confirm } from '../../ui/confirm';
import { failed, told } from '../../ui/fault';
import { Loaded } from '../../ui/loaded';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useWords } from './words';

/** Versions are all that the tenant has made; an older one can be put in force again. */
export function Versions() {
  const t = useWords();
  const may = useMay();
  const queries = useQueryClient();
  const query = useQuery(TaxonomyService.method.listTaxonomyVersions, { perPage: 100 });
  const activate = useAct(TaxonomyService.method.activateTaxonomyVersion, {
    onError: failed,
    onSuccess: (v) => {
      told(t('saved', { n: v.revision }));
      void outdate(queries, AssetService, SessionService, FindingService);
    },
  });
  return (
    <Loaded query={query} height={120}>
      {(page) =>
        page.items.length ? (
          <Table.ScrollContainer minWidth={520}>
            <Table verticalSpacing={5} aria-label={t('versions')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('revision')}</Table.Th>
                  <Table.Th>{t('description')}</Table.Th>
                  <Table.Th>{t('madeBy')}</Table.Th>
                  <Table.Th>{t('madeAt')}</Table.Th>
                  <Table.Th>{t('current')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.items.map((v) => (
                  <Table.Tr key={v.id}>
                    <Table.Td className="hf-tab">{v.revision}</Table.Td>
                    <Table.Td>{v.description}</Table.Td>
                    <Table.Td>
                      <Person person={v.createdBy} />
                    </Table.Td>
                    <Table.Td>
                      <Ago at={v.createdAt} />
                    </Table.Td>
                    <Table.Td>
                      {v.isCurrent ? (
                        <Badge tone="good" icon={CircleCheck}>
                          {t('current')}
                        </Badge>
                      ) : (
                        may(TaxonomyService.method.activateTaxonomyVersion) && (
                          <Button
                            size="compact-xs" variant="default" loading={activate.isPending}
                            onClick={() => void confirm({ title: `${t('activate')}: ${v.revision}`, text: t('activateText'), action: t('activate') }).then((yes) => yes && activate.mutate({ id: v.id }))}
                          >
                            {t('activate')}
                          </Button>
                        )
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        ) : (
          <Text className="hf-quiet">{t('versionsEmpty')}</Text>
        )
      }
    </Loaded>
  );
}
