import type { DescService } from '@bufbuild/protobuf';
import { CommentService } from '../gen/holdfast/comments/v1/comments_pb';
import { LinkService } from '../gen/holdfast/links/v1/links_pb';
import { NotificationService } from '../gen/holdfast/notifications/v1/notifications_pb';
import { StatsService } from '../gen/holdfast/stats/v1/stats_pb';
import { allKinds } from '../lib/kinds';

const shared: Record<string, DescService[]> = {
  comment: [CommentService],
  link: [LinkService],
  notification: [NotificationService],
};

/** live answers the services whose answers are old when a record of a kind changed. */
export function live(kind: string): DescService[] {
  const own = allKinds().filter((k) => k.kind === kind).map((k) => k.service);
  return shared[kind] ?? (own.length ? [...own, StatsService] : []);
}
