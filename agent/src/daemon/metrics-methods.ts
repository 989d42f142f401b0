/** What a relay would be told of this agent's work, and whether it may be. */
import type { Handlers } from '../control/call.js';
import { WHOLE_DEVICE } from '../metrics/project-id.js';
import { METRICS_PATH } from '../metrics/upload.js';
import type { Agent } from './agent.js';

export function metricsMethods({ metrics, product }: Agent): Pick<Handlers, 'metrics.preview' | 'metrics.set'> {
  return {
    async 'metrics.preview'() {
      const { on, body } = await metrics.preview();
      const known = (await product.catalogs.projects()).map(({ id, name }) => ({ project: metrics.relayIdOf(id), name }));
      const projects = [...known, { project: metrics.relayIdOf(WHOLE_DEVICE), name: null }];
      return { on, path: METRICS_PATH, body, projects: projects.filter(({ project }) => body?.includes(project) === true) };
    },
    async 'metrics.set'({ on }) {
      await metrics.setOn(on);
      return { on };
    },
  };
}
