/** What `window.consentBanner` is: the page's side of the consent service. */

/** What may load for this visitor, and why. Frozen: nobody grants by writing to it. */
export interface Decision {
  readonly decided: boolean;
  /**
   * `recorded` is a choice of the visitor; `unreachable` means that the service gave no answer, `pending` that a refusal
   * holds in this browser and is still to be recorded. Both of these are the page's own; the service says the others.
   */
  readonly reason: "none" | "recorded" | "outdated" | "expired" | "invalid" | "gpc" | "unreachable";
  readonly revision: string;
  readonly previous_revision?: string;
  readonly gpc: boolean;
  readonly language: string;
  /** ISO 8601, UTC; null unless `recorded`. */
  readonly given_at: string | null;
  readonly expires_at: string | null;
  readonly categories: Readonly<Record<string, boolean>>;
  readonly services: Readonly<Record<string, boolean>>;
}

/** What a visitor says. A category left out is refused; a service left out follows its category. */
export interface Choice {
  categories?: Record<string, boolean>;
  services?: Record<string, boolean>;
}

/** RFC 9457; `status` is 0 where no answer came. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status: number;
  readonly detail?: string;
  readonly revision?: string;
  readonly errors?: readonly { pointer: string; detail: string }[];
}

/** One tag or request of a page, as the inspector lists it. */
export interface InspectedRow {
  /** `place` is a marked element that keeps room for content; `link` is `<link>`. */
  readonly kind: "script" | "frame" | "image" | "link" | "style" | "media" | "request" | "place" | "other";
  /** The whole address, or `inline`. */
  readonly address: string;
  /** The id of the service that the mark names, else of the one whose host it is; null for none. */
  readonly service: string | null;
  /** The id of the category that the mark means, else of the service's; null for none. */
  readonly category: string | null;
  /** `leaks` is what loaded although it is not allowed, and was not earlier on this page. */
  readonly state: "held" | "let_through" | "leaks";
  /**
   * What stands behind the state; `mislabelled` loads by a mark that is
   * granted, from the host of a service that is not; `too_early` went before the visitor allowed it; `csp` is held back by
   * a Content-Security-Policy.
   */
  readonly why:
    | "granted"
    | "required"
    | "granted_before"
    | "once"
    | "refused"
    | "undecided"
    | "gpc"
    | "unreachable"
    | "unknown_name"
    | "unknown_host"
    | "too_early"
    | "mislabelled"
    | "csp"
    | "first_party"
    | "consent_service";
  /** Milliseconds from the navigation to the request; null where the browser tells of none. */
  readonly after_ms: number | null;
}

export type ConsentEvent = "ready" | "change" | "open" | "close" | "error";

export interface ConsentBanner {
  /** The first decision. Never rejects: where the service gives none, its reason is `unreachable`. */
  readonly ready: Promise<Decision>;
  /** The decision that holds now; null until the first one. */
  readonly decision: Decision | null;
  /** Whether a category or a service is granted; false until known, and for names that the policy lacks. */
  allows(name: string): boolean;
  /** Resolves once a category or a service is granted. */
  when(name: string): Promise<Decision>;
  /** Listens until the returned function is called. A listener for `ready` that comes late is not called: use the promise. */
  on(event: ConsentEvent, listener: (decision: Decision) => void): () => void;
  /** Opens the preference centre; resolves once it stands open. */
  open(): Promise<Decision>;
  close(): Promise<Decision>;
  /** Choices resolve to the new decision once it is recorded, and reject with a `Problem`. */
  acceptAll(): Promise<Decision>;
  rejectAll(): Promise<Decision>;
  save(choice: Choice): Promise<Decision>;
  withdraw(): Promise<Decision>;
  /** Opens the inspector, an overlay that lists every tag and request of this page; resolves to its rows. */
  inspect(): Promise<readonly InspectedRow[]>;
}

declare global {
  interface Window {
    consentBanner: ConsentBanner;
    dataLayer?: unknown[];
  }
}
