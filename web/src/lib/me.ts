// Who I am and what I may do. What is drawn follows from the access option of each method, the same that the server checks.
import { getOption, hasOption, type DescMethod } from '@bufbuild/protobuf';
import { useQuery } from '@connectrpc/connect-query';
import { useCallback } from 'react';
import { access, type Access } from '../gen/holdfast/access/v1/access_pb';
import { MeService, type Me } from '../gen/holdfast/me/v1/me_pb';

/** useMe is the signed-in person; undefined until it is known. */
export function useMe(): Me | undefined {
  return useQuery(MeService.method.getMe, {}, { staleTime: 60_000 }).data;
}

/** covers tells whether a set of permissions holds one: "*" holds all, "assets:*" all of assets. */
export function covers(permissions: readonly string[], wanted: string): boolean {
  const [word] = wanted.split(':');
  return permissions.some((p) => p === '*' || p === wanted || p === `${word}:*`);
}

/** ruleOf is a method's access option. Where the build has taken the messages out (see contract.ts), the rule stands beside the name. */
function ruleOf(method: DescMethod & { access?: Access }): Access | undefined {
  return method.access ?? (hasOption(method, access) ? getOption(method, access) : undefined);
}

/** allowed tells whether somebody may call a method. A method that hangs on a record depends on that record: see mayRecord. */
export function allowed(me: Pick<Me, 'permissions' | 'features'> | undefined, method: DescMethod): boolean {
  const rule = ruleOf(method);
  if (!rule) return false;
  if (rule.rule.case === 'public') return true;
  if (!me) return false;
  if (rule.feature && !me.features.includes(rule.feature)) return false;
  if (rule.also && !covers(me.permissions, rule.also)) return false;
  switch (rule.rule.case) {
    case 'signedIn':
    case 'record':
      return true;
    case 'permission':
      return covers(me.permissions, rule.rule.value);
    default:
      return false;
  }
}

/** useMay answers may(method): whether to draw what calls it. */
export function useMay(): (method: DescMethod) => boolean {
  const me = useMe();
  return useCallback((method: DescMethod) => allowed(me, method), [me]);
}
