/** Builds WebSocket frames by hand, so that what thousands are sent is turned into bytes once. Pure. */

const finalText = 0x81; // one unfragmented text message
const asTwoBytes = 126;
const asEightBytes = 127;
const longestCopied = 16 * 1024; // bytes; what is longer is written from where it is

/** The end of a message `next`, from its payload on: the same for all who are told. */
export function tailOf(payload: object): Buffer {
  return Buffer.from(`${JSON.stringify(payload)}}`);
}

/** A message `next` of `graphql-transport-ws` for the operation `id`, as one unmasked frame (RFC 6455, 5.2): in one piece, or in two where it is long. */
export function nextFrame(id: string, tail: Buffer): readonly Buffer[] {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const headBytes = Buffer.byteLength(head);
  const length = headBytes + tail.length;
  const sizeBytes = length < asTwoBytes ? 2 : length < 0x1_00_00 ? 4 : 10;
  const copied = tail.length <= longestCopied ? tail.length : 0;
  const frame = Buffer.allocUnsafe(sizeBytes + headBytes + copied);
  writeSize(frame, length);
  frame.write(head, sizeBytes);
  if (copied === 0) return [frame, tail];
  tail.copy(frame, sizeBytes + headBytes);
  return [frame];
}

function writeSize(frame: Buffer, length: number): void {
  frame[0] = finalText;
  if (length < asTwoBytes) frame[1] = length;
  else if (length < 0x1_00_00) {
    frame[1] = asTwoBytes;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = asEightBytes;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length >>> 0, 6);
  }
}
