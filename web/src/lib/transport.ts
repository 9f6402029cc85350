import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { faultOf } from './faults';
import { noteAnswer, noteSilence } from './online';
import { prove } from './prove';
import { again, bearer } from './session';

/** authorized sends the access token, and goes on with a new one when the server says that it has ended. */
const authorized: Interceptor = (next) => async (request) => {
  const token = await bearer();
  if (token) request.header.set('Authorization', `Bearer ${token}`);
  try {
    return await next(request);
  } catch (fault) {
    if (!token || ConnectError.from(fault).code !== Code.Unauthenticated || request.stream) throw fault;
    request.header.set('Authorization', `Bearer ${await again(token)}`);
    return await next(request);
  }
};

/** proven repeats a call that needs a fresh proof of who is there, once the person has given one. */
const proven: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (fault) {
    if (request.stream || faultOf(fault).reason !== 'confirm_first' || !(await prove())) throw fault;
    return await next(request);
  }
};

/** watched tells the banner whether the server answers. */
const watched: Interceptor = (next) => async (request) => {
  try {
    const answer = await next(request);
    noteAnswer();
    return answer;
  } catch (fault) {
    if (!request.signal.aborted) {
      // An error that the server sent has its request id; one without never reached it.
      if (ConnectError.from(fault).metadata.has('x-request-id')) noteAnswer();
      else if (ConnectError.from(fault).code !== Code.Canceled) noteSilence();
    }
    throw fault;
  }
};

/** transport is how everything but signing in and files talks to the server. */
export const transport = createConnectTransport({
  baseUrl: '/',
  useBinaryFormat: true,
  defaultTimeoutMs: 30_000,
  interceptors: [proven, authorized, watched],
});
