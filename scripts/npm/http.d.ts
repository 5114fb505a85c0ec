/**
 * The types of the stable part of `@std/http` 1.1.3, as far as this house uses
 * them.
 */

// ---- files ----------------------------------------------------------------

/** What {@linkcode serveFile} may be told. */
export interface ServeFileOptions {
  /** The digest of the ETag; default `SHA-256`. */
  etagAlgorithm?: AlgorithmIdentifier;
  /** What `Deno.stat` said, if it was asked already. */
  fileInfo?: Deno.FileInfo;
}

/** Answers with a file: ranges, ETag, conditions, content type. */
export function serveFile(
  req: Request,
  filePath: string,
  options?: ServeFileOptions,
): Promise<Response>;

/** What {@linkcode serveDir} may be told. */
export interface ServeDirOptions {
  /** The folder; default the current one. */
  fsRoot?: string;
  /** The part of the path to strip. */
  urlRoot?: string;
  /** Whether folders are listed. */
  showDirListing?: boolean;
  /** Whether names that start with a dot are served. */
  showDotfiles?: boolean;
  /** Whether `index.html` answers for its folder; default true. */
  showIndex?: boolean;
  /** Whether any page may read the answers. */
  enableCors?: boolean;
  /** Whether to keep quiet about each request. */
  quiet?: boolean;
  /** The digest of the ETags; default `SHA-256`. */
  etagAlgorithm?: AlgorithmIdentifier;
  /** Headers to add, each as `Name: value`. */
  headers?: string[];
}

/** Answers with the file below a folder that the request names. */
export function serveDir(
  req: Request,
  opts?: ServeDirOptions,
): Promise<Response>;

// ---- entity tags ----------------------------------------------------------

/** The part of `Deno.FileInfo` that an ETag is made of. */
export interface FileInfo {
  /** When the file was last changed. */
  mtime: Date | null;
  /** Its length in bytes. */
  size: number;
}

/** What {@linkcode eTag} may be told. */
export interface ETagOptions {
  /** The digest; default `SHA-256`. */
  algorithm?: AlgorithmIdentifier;
  /** Whether the tag is weak; by default it is for a {@linkcode FileInfo}. */
  weak?: boolean;
}

/** Computes the ETag of a text or of bytes. */
export function eTag(
  entity: string | Uint8Array<ArrayBuffer>,
  options?: ETagOptions,
): Promise<string>;
/** Computes the ETag of a file by its time and length. */
export function eTag(
  entity: FileInfo,
  options?: ETagOptions,
): Promise<string | undefined>;

/** Whether an `If-Match` value lets the request through. */
export function ifMatch(
  value: string | null,
  etag: string | undefined,
): boolean;
/** Whether an `If-None-Match` value lets the request through (false: 304). */
export function ifNoneMatch(
  value: string | null,
  etag: string | undefined,
): boolean;

// ---- negotiation ----------------------------------------------------------

/** The media types a request accepts, best first. */
export function accepts(request: Pick<Request, "headers">): string[];
/** The best of the offered media types, if any is accepted. */
export function accepts<T extends string = string>(
  request: Pick<Request, "headers">,
  ...types: T[]
): T | undefined;
/** The encodings a request accepts, best first. */
export function acceptsEncodings(request: Pick<Request, "headers">): string[];
/** The best of the offered encodings, if any is accepted. */
export function acceptsEncodings<T extends string = string>(
  request: Pick<Request, "headers">,
  ...encodings: T[]
): T | undefined;
/** The languages a request accepts, best first. */
export function acceptsLanguages(request: Pick<Request, "headers">): string[];
/** The best of the offered languages, if any is accepted. */
export function acceptsLanguages<T extends string = string>(
  request: Pick<Request, "headers">,
  ...langs: T[]
): T | undefined;

// ---- server-sent events ---------------------------------------------------

/** One event. */
export interface ServerSentEventMessage {
  /** Ignored by the client; keeps a connection awake. */
  comment?: string;
  /** The kind of event. */
  event?: string;
  /** The text of the event. */
  data?: string;
  /** The id a client names when it comes back. */
  id?: string | number;
  /** Milliseconds to wait before coming back. */
  retry?: number;
}

/** Turns events into the bytes of a `text/event-stream`. */
export class ServerSentEventStream
  extends TransformStream<ServerSentEventMessage, Uint8Array> {
  constructor();
}

// ---- status codes ---------------------------------------------------------

/** Every registered status by its name. */
export const STATUS_CODE: {
  readonly Continue: 100;
  readonly SwitchingProtocols: 101;
  readonly Processing: 102;
  readonly EarlyHints: 103;
  readonly OK: 200;
  readonly Created: 201;
  readonly Accepted: 202;
  readonly NonAuthoritativeInfo: 203;
  readonly NoContent: 204;
  readonly ResetContent: 205;
  readonly PartialContent: 206;
  readonly MultiStatus: 207;
  readonly AlreadyReported: 208;
  readonly IMUsed: 226;
  readonly MultipleChoices: 300;
  readonly MovedPermanently: 301;
  readonly Found: 302;
  readonly SeeOther: 303;
  readonly NotModified: 304;
  readonly UseProxy: 305;
  readonly TemporaryRedirect: 307;
  readonly PermanentRedirect: 308;
  readonly BadRequest: 400;
  readonly Unauthorized: 401;
  readonly PaymentRequired: 402;
  readonly Forbidden: 403;
  readonly NotFound: 404;
  readonly MethodNotAllowed: 405;
  readonly NotAcceptable: 406;
  readonly ProxyAuthRequired: 407;
  readonly RequestTimeout: 408;
  readonly Conflict: 409;
  readonly Gone: 410;
  readonly LengthRequired: 411;
  readonly PreconditionFailed: 412;
  readonly ContentTooLarge: 413;
  readonly URITooLong: 414;
  readonly UnsupportedMediaType: 415;
  readonly RangeNotSatisfiable: 416;
  readonly ExpectationFailed: 417;
  readonly Teapot: 418;
  readonly MisdirectedRequest: 421;
  readonly UnprocessableEntity: 422;
  readonly Locked: 423;
  readonly FailedDependency: 424;
  readonly TooEarly: 425;
  readonly UpgradeRequired: 426;
  readonly PreconditionRequired: 428;
  readonly TooManyRequests: 429;
  readonly RequestHeaderFieldsTooLarge: 431;
  readonly UnavailableForLegalReasons: 451;
  readonly InternalServerError: 500;
  readonly NotImplemented: 501;
  readonly BadGateway: 502;
  readonly ServiceUnavailable: 503;
  readonly GatewayTimeout: 504;
  readonly HTTPVersionNotSupported: 505;
  readonly VariantAlsoNegotiates: 506;
  readonly InsufficientStorage: 507;
  readonly LoopDetected: 508;
  readonly NotExtended: 510;
  readonly NetworkAuthenticationRequired: 511;
};

/** A registered status. */
export type StatusCode = typeof STATUS_CODE[keyof typeof STATUS_CODE];

/** The phrase of each status. */
export const STATUS_TEXT: { readonly [K in StatusCode]: string };

/** Whether a number is a registered status. */
export function isStatus(status: number): status is StatusCode;
