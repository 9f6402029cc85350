import { bearer, RestError, type Problem } from './session';

/** upload sends one file as multipart part "file", tells how far it is (0 to 1), and answers the parsed body. */
export async function upload<T>(path: string, file: File, progress: (share: number) => void, signal?: AbortSignal): Promise<T> {
  const token = await bearer();
  return await new Promise<T>((done, fail) => {
    // fetch cannot tell how much was sent.
    const call = new XMLHttpRequest();
    call.open('POST', path);
    call.setRequestHeader('Authorization', `Bearer ${token}`);
    call.setRequestHeader('Accept', 'application/json');
    call.upload.addEventListener('progress', (e) => e.lengthComputable && progress(e.loaded / e.total));
    call.addEventListener('load', () => {
      let body: unknown = {};
      try {
        body = JSON.parse(call.responseText);
      } catch {
        // Not ours to read: the status has to do.
      }
      if (call.status < 300) done(body as T);
      else {
        const said = body as Partial<Problem>;
        fail(new RestError({ reason: '', error: call.statusText, request_id: call.getResponseHeader('X-Request-Id') ?? undefined, ...said, status: call.status }));
      }
    });
    call.addEventListener('error', () => fail(new RestError({ status: 0, reason: 'unreachable', error: 'The server cannot be reached.' })));
    call.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')));
    signal?.addEventListener('abort', () => call.abort());
    const form = new FormData();
    form.append('file', file, file.name);
    call.send(form);
  });
}
