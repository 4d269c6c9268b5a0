export function snapshotSvg() { return "<svg xmlns='http://www.w3.org/2000/svg'/>"; }
export async function snapshotPng() { return new Blob([]); }
