import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { Badge } from '../../ui/badge';
import { Loaded } from '../../ui/loaded';
import { Markdown } from '../../ui/markdown';
import { Avatar } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useWords } from './words';

const looks = { fixed: ['good', CircleCheck], not_fixed: ['critical', CircleX], partly: ['medium', CircleDashed] } as const;

/** Retests are the tries whether a finding has been put right, the latest first. */
export function Retests({ id }: { id: string }) {
  const t = useWords();
  const query = useQuery(FindingService.method.listRetests, { id, perPage: 100, cursor: '', full: true });
  return (
    <Loaded query={query} height={80}>
      {(page) =>
        page.items.length ? (
          <Stack gap={0}>
            {page.items.map((r) => {
              const [tone, icon] = looks[r.result as keyof typeof looks] ?? (['neutral', CircleDashed] as const);
              return (
                <div className="hf-entry" key={r.id}>
                  <Avatar name={r.by?.label ?? '?'} id={r.byId ?? ''} size={22} />
                  <div>
                    <Group gap={6} mb={2}>
                      <strong>{r.by?.label}</strong>
                      <Badge tone={tone} icon={icon}>{useWords.word(`result.${r.result}`)}</Badge>
                      <span className="hf-quiet">
                        <Ago at={r.at} />
                      </span>
                    </Group>
                    {r.note && <Markdown text={r.note} />}
                  </div>
                </div>
              );
            })}
          </Stack>
        ) : (
          <Text className="hf-quiet">{t('retestsEmpty')}</Text>
        )
      }
    </Loaded>
  );
}
