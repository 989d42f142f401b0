/** Pipes between copies over the bus of one process and over a real Redis. */
import { createBusHub } from '@leanvibe/relay/internal/bus/local';
import { createRedisBus } from '@leanvibe/relay/internal/bus/redis';
import { describe } from 'vitest';
import { leftOut } from '../help/needs.js';
import { redisOfFile } from '../help/redis.js';
import { chance, silent } from '../help/store-things.js';
import { until } from '../help/wait.js';
import { pipesContract } from './relay-pipes.js';

pipesContract({
  name: 'in process',
  async make(copies) {
    const hub = createBusHub();
    return Array.from({ length: copies }, () => hub.bus({ logger: silent }));
  },
});

describe.skipIf(leftOut('redis'))('over Redis', () => {
  const server = redisOfFile();
  let channels = 0;
  pipesContract({
    name: 'Redis',
    async make(copies) {
      const { url } = await server();
      const channel = `p${channels++}`;
      const buses = Array.from({ length: copies }, () => createRedisBus({ url, channel }, { random: chance, logger: silent }));
      await until('the copies are connected', () => buses.every((bus) => bus.connected()));
      return buses;
    },
  });
});
