/** A page as the text that is sent. JSX elements become text by themselves. */
export function toDocument(page: { toString(): string }): string {
  return `<!DOCTYPE html>${page.toString()}`;
}
