import type { BarRow, WindowMap } from '../../model/report.ts';
import { formatSize } from '../../model/size.ts';
import { type Content, html, type Html } from '../../web/html.ts';
import { type AddressLayout, type Band, type Block, layOut, type Piece, spread } from './address-layout.ts';

/** Columns of the drawing, in its units, which are pixels on a telephone. */
const WIDTH = 372;
const HOST = { left: 104, right: 140 };
const GUEST = { left: 206, right: 242 };
const LINE = 12;
const HEAD = 18;

const BAND_NAMES: Record<Band['name'], string> = { high: 'Above 4 GiB', low: 'Below 4 GiB' };

/** What is said of a BAR that does not fit, in place of an address. */
const MISFITS: Partial<Record<Piece['fits'], string>> = {
  refused: 'refused',
  unreachable: 'out of reach',
};

/** A label beside a column: where it belongs, and its lines. */
interface Label {
  at: number;
  lines: readonly string[];
  tone: string;
}

/** Undefined when no BAR of the map lies in memory. */
export function addressPicture(map: WindowMap, rows: readonly BarRow[], id: string): Html | undefined {
  const layout = layOut(map, rows);
  if (layout.bands.length === 0) return undefined;
  const several = new Set(map.bars.map(({ hostBdf }) => hostBdf)).size > 1;
  return html`<svg class="map" viewBox="0 0 ${WIDTH} ${Math.ceil(layout.height + HEAD)}" role="img" aria-labelledby="${id}-t ${id}-d">
<title id="${id}-t">Address space of host and ${map.vm ?? 'VM'}</title><desc id="${id}-d">${inWords(layout)}</desc>
<text class="side" x="${(HOST.left + HOST.right) / 2}" y="12" text-anchor="middle">Host</text><text class="side" x="${(GUEST.left + GUEST.right) / 2}" y="12" text-anchor="middle">Guest</text>
<g transform="translate(0 ${HEAD})">${layout.bands.map((band) => bandOf(band, layout, several))}</g></svg>`;
}

function bandOf(band: Band, layout: AddressLayout, several: boolean): Html {
  const { name, top, height, window, host, guest, breaks } = band;
  const others = layout.bands.flatMap((other) => other.guest);
  return html`
<text class="band" x="0" y="${round(top - 18)}">${BAND_NAMES[name]}</text>
${window && html`<rect class="window" x="${GUEST.left}" y="${round(window.top)}" width="${GUEST.right - GUEST.left}" height="${round(window.height)}"/>`}
${host.map((block) =>
  ribbon(
    block,
    others.find(({ piece }) => piece === block.piece),
  ),
)}
${host.map((block) => rect(block, HOST))}${guest.map((block) => rect(block, GUEST))}
${window && html`<path class="edge" d="M${GUEST.left - 5} ${round(window.top)}H${GUEST.right + 5}M${GUEST.left - 5} ${round(window.top + window.height)}H${GUEST.right + 5}"/>`}
${breaks.map((y) => html`<path class="break" d="M${HOST.left} ${round(y + 3)}l9 -6l9 6l9 -6l9 6"/>`)}
${labels(hostLabels(host, several), HOST.left, top, top + height, 'left')}${labels(guestLabels(band, several), GUEST.right, top, top + height, 'right')}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const rect = ({ piece, top, height }: Block, { left, right }: typeof HOST): Html =>
  html`<rect class="bar ${piece.state}" x="${left}" y="${round(top)}" width="${right - left}" height="${round(height)}"/>`;

/** From where a BAR is on the host to where it is in the guest. */
function ribbon(from: Block, to: Block | undefined): Content {
  if (to === undefined) return undefined;
  const [left, right] = [HOST.right, GUEST.left];
  const middle = (left + right) / 2;
  const [a, b, c, d] = [from.top, from.top + from.height, to.top, to.top + to.height].map(round);
  return html`<path class="ribbon ${from.piece.state}" d="M${left} ${a}C${middle} ${a} ${middle} ${c} ${right} ${c}V${d}C${middle} ${d} ${middle} ${b} ${left} ${b}Z"/>`;
}

const hex = (address: number): string => `0x${address.toString(16)}`;

const middleOf = ({ top, height }: Block): number => top + height / 2;

const nameOf = ({ hostBdf, index }: Piece, several: boolean): string => `${several ? `${hostBdf} ` : ''}BAR${index}`;

const hostLabels = (blocks: readonly Block[], several: boolean): Label[] =>
  blocks.map((block) => ({
    at: middleOf(block),
    lines: [nameOf(block.piece, several), hex(block.piece.host!)],
    tone: block.piece.state,
  }));

function guestLabels({ guest, window }: Band, several: boolean): Label[] {
  const ends =
    window === undefined
      ? []
      : [
          { at: window.top, lines: [`${hex(window.base + window.sizeBytes)} end`], tone: 'end' },
          { at: window.top + window.height, lines: [`${hex(window.base)} start`], tone: 'end' },
        ];
  return [
    ...guest.map((block) => {
      const { piece } = block;
      const size = `${piece.borrowed ? '~' : ''}${formatSize(piece.sizeBytes)}`;
      return {
        at: middleOf(block),
        lines: [
          nameOf(piece, several),
          `${size}, ${piece.state === 'misfit' ? (MISFITS[piece.fits] ?? 'no room') : addressOf(piece)}`,
        ],
        tone: piece.state,
      };
    }),
    ...ends,
  ];
}

const addressOf = ({ guest, seen }: Piece): string =>
  guest === undefined ? 'not known' : `${hex(guest)}${seen ? '' : '*'}`;

function labels(items: readonly Label[], x: number, top: number, bottom: number, side: 'left' | 'right'): Html {
  const middles = spread(
    items.map(({ at, lines }) => ({ middle: at, height: lines.length * LINE + 2 })),
    top - 16,
    bottom + 8,
  );
  const [tick, knee, start] = side === 'left' ? [x, x - 8, x - 11] : [x, x + 8, x + 11];
  return html`${items.map(({ at, lines, tone }, i) => {
    const first = middles[i]! - ((lines.length - 2) * LINE) / 2 - 2.5;
    return html`<path class="tick" d="M${tick} ${round(at)}L${knee} ${round(middles[i]!)}"/><text class="label ${tone}" text-anchor="${side === 'left' ? 'end' : 'start'}">${lines.map(
      (line, row) =>
        html`<tspan x="${start}" y="${round(first + row * LINE)}"${row === 0 && lines.length > 1 && html` class="name"`}>${line}</tspan>`,
    )}</text>`;
  })}`;
}

/** The picture for whoever does not see it. */
function inWords({ bands }: AddressLayout): string {
  const sentences = bands.flatMap(({ name, window, guest, host }) => [
    ...(window === undefined
      ? []
      : [`${BAND_NAMES[name]} the guest has a window of ${formatSize(window.sizeBytes)} from ${hex(window.base)}.`]),
    ...guest.map(({ piece }) => {
      const from = piece.host === undefined ? '' : `, on the host at ${hex(piece.host)}`;
      const to = piece.state === 'misfit' ? 'does not fit' : `in the guest at ${addressOf(piece)}`;
      return `BAR${piece.index} of ${piece.hostBdf}, ${formatSize(piece.sizeBytes)}${from}: ${to}.`;
    }),
    ...host
      .filter(({ piece }) => !bands.some((band) => band.guest.some((block) => block.piece === piece)))
      .map(({ piece }) => `BAR${piece.index} of ${piece.hostBdf} is on the host at ${hex(piece.host!)}, in no window.`),
  ]);
  return sentences.join(' ');
}
