import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { BookCopy } from 'lucide-react';
import { TemplateService } from '../../gen/holdfast/templates/v1/templates_pb';
import type { Feature } from '../../lib/feature';

/** Templates are texts to begin findings with. */
export const feature: Feature = {
  nav: [{ wing: 'reviews', to: '/templates', label: { en: 'Templates', de: 'Vorlagen' }, icon: BookCopy, needs: TemplateService.method.listTemplates, rank: 40 }],
  kinds: [{ kind: 'template', word: 'templates', label: { en: 'Template', de: 'Vorlage' }, icon: BookCopy, service: TemplateService }],
  commands: [{ label: { en: 'New template', de: 'Neue Vorlage' }, icon: BookCopy, to: '/templates?new', needs: TemplateService.method.createTemplate }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/templates', component: lazyRouteComponent(() => import('./list'), 'TemplateList') }),
    createRoute({ getParentRoute: () => shell, path: '/templates/$id', component: lazyRouteComponent(() => import('./detail'), 'TemplatePage') }),
  ],
};
