/** What libp2p 3 takes for granted and Node 20 lacks; imported before anything of libp2p. Nothing to do on Node 22 and later. */

interface WithResolvers {
  withResolvers?: <Value>() => {
    promise: Promise<Value>;
    resolve: (value: Value | PromiseLike<Value>) => void;
    reject: (reason?: unknown) => void;
  };
}

const target = Promise as unknown as WithResolvers;

// Without it libp2p starts and then dies on its first connection.
target.withResolvers ??= <Value>() => {
  let resolve!: (value: Value | PromiseLike<Value>) => void;
  let reject!: (reason?: unknown) => void;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
};
