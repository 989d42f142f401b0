/** The engines compared with, from their own folder: typed here as far as the benchmarks use them. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Yjs from 'yjs';
import { ROOT } from '../../help/root.js';

export type YDoc = Yjs.Doc;
export type YModule = typeof Yjs;

export interface YProvider {
  readonly synced: boolean;
  readonly ws: { readonly bufferedAmount: number; readonly readyState: number } | null;
  on(event: 'sync', told: (synced: boolean) => void): void;
  connect(): void;
  disconnect(): void;
  destroy(): void;
}

export interface YWebsocket {
  readonly WebsocketProvider: new (url: string, room: string, doc: YDoc, options: Readonly<Record<string, unknown>>) => YProvider;
}

export interface YServer {
  setupWSConnection(connection: unknown, request: unknown): void;
  getPersistence(): { readonly provider: { _transact(work: () => Promise<null>): Promise<null> } } | null;
  readonly docs: ReadonlyMap<string, YDoc>;
  getYDoc(name: string): YDoc;
}

export interface WsModule {
  readonly WebSocketServer: new (
    options: Readonly<Record<string, unknown>>,
  ) => {
    on(event: 'connection', told: (connection: unknown, request: unknown) => void): void;
    on(event: 'listening', told: () => void): void;
    address(): { readonly port: number };
  };
  readonly WebSocket: new (...args: readonly unknown[]) => WsSocket;
}

export interface WsSocket {
  send(...args: readonly unknown[]): void;
  on(event: 'message', told: () => void): void;
}

export interface HocuspocusServer {
  listen(): Promise<unknown>;
  readonly address: { readonly port: number };
  readonly hocuspocus: {
    openDirectConnection(name: string): Promise<{ transact(work: (doc: YDoc) => void): Promise<void>; disconnect(): Promise<void> }>;
  };
}

export interface HocuspocusModule {
  readonly Server: new (options: Readonly<Record<string, unknown>>) => HocuspocusServer;
}

export interface HocuspocusProviders {
  readonly HocuspocusProviderWebsocket: new (
    options: Readonly<Record<string, unknown>>,
  ) => { connect(): void; disconnect(): void; destroy(): void };
  readonly HocuspocusProvider: new (options: Readonly<Record<string, unknown>>) => { attach(): void; readonly isSynced: boolean };
}

const folder = process.env['LEANVIBE_BENCH_PEERS'] ?? join(ROOT, 'tests/bench/peers');
const fromPeers = createRequire(join(folder, 'package.json'));

/** The package's ES module, so that all of a process share one Yjs. */
async function load<Module>(specifier: string): Promise<Module> {
  const base = pathToFileURL(join(folder, 'package.json')).href;
  const resolved = esmPath(specifier) ?? fromPeers.resolve(specifier);
  return (await import(new URL(pathToFileURL(resolved).href, base).href)) as Module;
}

function esmPath(specifier: string): string | null {
  const known: Readonly<Record<string, string>> = {
    yjs: 'yjs/dist/yjs.mjs',
    'y-websocket': 'y-websocket/src/y-websocket.js',
    '@y/websocket-server/utils': '@y/websocket-server/src/utils.js',
    '@hocuspocus/server': '@hocuspocus/server/dist/hocuspocus-server.esm.js',
    '@hocuspocus/provider': '@hocuspocus/provider/dist/hocuspocus-provider.esm.js',
    ws: 'ws/wrapper.mjs',
  };
  const path = known[specifier];
  return path === undefined ? null : join(folder, 'node_modules', path);
}

export const loadYjs = (): Promise<YModule> => load('yjs');
export const loadYWebsocket = (): Promise<YWebsocket> => load('y-websocket');
export const loadYServer = (): Promise<YServer> => load('@y/websocket-server/utils');
export const loadWs = (): Promise<WsModule> => load('ws');
export const loadHocuspocus = (): Promise<HocuspocusModule> => load('@hocuspocus/server');
export const loadHocuspocusProvider = (): Promise<HocuspocusProviders> => load('@hocuspocus/provider');
