/** What a file was taken to be in one respect, how sure that is, and why. */
export interface FileTrait {
  /** `format`, `compression`, `encoding`, `delimiter`, `header`, … */
  readonly trait: string;
  readonly is: string;
  /** `certain`: its bytes say so; `likely`: nothing else fits as well; `declared`: it was told. */
  readonly confidence: "declared" | "certain" | "likely";
  readonly why: string;
}
