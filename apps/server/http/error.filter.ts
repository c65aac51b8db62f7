import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, errorCatalogue, type ErrorCode, type ErrorReply } from '#domain';

/** Seconds after which a client may try again what failed for the moment. */
const RETRY_AFTER_S = 5;
const MAX_MESSAGE_LENGTH = 1000;

const codeByStatus: Partial<Record<number, ErrorCode>> = {
  400: 'INVALID',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'TOO_LARGE',
  414: 'INVALID',
  415: 'UNSUPPORTED_TYPE',
  431: 'HEADERS_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  503: 'STORE_UNAVAILABLE',
};

/** Turns whatever went wrong into the one shape of an error; what nobody expected is logged with its cause. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(exception, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  send(exception: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const body = this.toReply(exception, request);
    if (reply.sent || reply.raw.headersSent) return;
    if (errorCatalogue[body.code].retryable) {
      const details = body.details as { retryAfterSeconds?: number } | undefined;
      void reply.header('retry-after', String(details?.retryAfterSeconds ?? RETRY_AFTER_S));
    }
    if (body.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer');
    void reply.status(body.statusCode).type('application/json; charset=utf-8').send(JSON.stringify(body));
  }

  private toReply(exception: unknown, request: FastifyRequest): ErrorReply {
    if (exception instanceof CodedError) {
      return shape(exception.code, exception.message, exception.details);
    }
    const status = statusOf(exception);
    const code = codeByStatus[status];
    if (code && status < 500) {
      if (status === 404) return shape(code, `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`);
      return shape(code, (exception as Error).message);
    }
    this.logger.error(`${request.method} ${request.url.slice(0, 200)} failed`, stackOf(exception));
    return shape('INTERNAL', errorCatalogue.INTERNAL.meaning);
  }
}

function shape(code: ErrorCode, message: string, details?: unknown): ErrorReply {
  const statusCode = errorCatalogue[code].status;
  return {
    statusCode,
    code,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
    ...(details === undefined ? {} : { details }),
  };
}

function statusOf(exception: unknown): number {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : 500;
}

function stackOf(exception: unknown): string {
  return exception instanceof Error ? (exception.stack ?? exception.message) : String(exception);
}
