import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { cannotWrite } from './output.ts';

/** A file that is written piece by piece, because as a whole it might not fit into memory. */
export interface SinkFile {
  write(piece: string): Promise<void>;
  /** all pieces are written */
  end(): Promise<void>;
  /** they are not, and will not be */
  abandon(): Promise<void>;
}

/**
 * Opens a file that is there under its name when it is whole. What is no regular file (a pipe, a device) is written to as
 * it is. All throw ExpectedError when it cannot be written.
 */
export async function openSinkFile(path: string): Promise<SinkFile> {
  const trying = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      throw cannotWrite(path, error);
    }
  };
  // A link keeps leading where it leads.
  const target = await realpath(path).catch(() => path);
  const known = await stat(target).catch(() => undefined);
  const direct = known !== undefined && !known.isFile();
  const place = direct ? target : `${target}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await trying(() => open(place, direct ? 'w' : 'wx', known === undefined ? 0o666 : known.mode & 0o777));
  return {
    write: (line) => trying(() => file.appendFile(line)),
    end: () =>
      trying(async () => {
        await file.close();
        if (!direct) await rename(place, target);
      }),
    async abandon() {
      await file.close();
      if (!direct) await rm(place, { force: true });
    },
  };
}

/** Writes a file whole or not at all. @throws ExpectedError */
export async function writePieces(path: string, pieces: Iterable<string>): Promise<void> {
  const file = await openSinkFile(path);
  try {
    for (const piece of pieces) await file.write(piece);
    await file.end();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}
