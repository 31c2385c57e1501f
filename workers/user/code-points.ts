/** Characters as NIST SP 800-63B, 3.1.1.2 counts them: each Unicode code point is one. */
export function countCodePoints(text: string): number {
  return Array.from(text).length;
}
