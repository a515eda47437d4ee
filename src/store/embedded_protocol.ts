/** What goes over a MessagePort between a thread and the embedded store's. Data only; ids pair up. */
import type { Row, StoreError } from "./database.ts";
import type { EncodedValue } from "./encode.ts";

/** Parameters as both stores take them: see encode.ts. */
export interface EncodedStatement {
  readonly text: string;
  readonly values: readonly EncodedValue[];
}

export type EmbeddedRequest =
  | { readonly id: number; readonly type: "query"; readonly statement: EncodedStatement }
  | {
    readonly id: number;
    readonly type: "transact";
    readonly statements: readonly EncodedStatement[];
  };

export interface EmbeddedFailure {
  readonly code: StoreError["code"];
  readonly message: string;
  readonly sqlState: string | null;
  /** The database's own words. */
  readonly reason: string;
}

/** `results` holds one list of rows a statement. */
export type EmbeddedReply =
  | { readonly id: number; readonly results: readonly Row[][] }
  | { readonly id: number; readonly failure: EmbeddedFailure };
