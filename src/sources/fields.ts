/** Sets a field under any name: `__proto__`, assigned, would set the prototype and be lost. */
export function setField(fields: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(fields, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    fields[name] = value;
  }
}
