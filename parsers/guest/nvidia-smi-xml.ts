/**
 * The XML log of nvidia-smi: `nvidia-smi -q -x`; document types nvsmi_device_v4.dtd to v13.dtd, also without a document
 * type, re-indented, or cut to some elements. The elements are described in that DTD, which `nvidia-smi --dtd` prints.
 *
 * ```text
 * <?xml version="1.0" ?>
 * <!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
 * <nvidia_smi_log>
 *     <driver_version>535.183.01</driver_version>
 *     <cuda_version>12.2</cuda_version>
 *     <attached_gpus>1</attached_gpus>
 *     <gpu id="00000000:00:06.0">
 *         <product_name>Tesla P4</product_name>
 *         <gpu_virtualization_mode>
 *             <virtualization_mode>Pass-Through</virtualization_mode>
 *         </gpu_virtualization_mode>
 *         <pci>
 *             <pci_device_id>1BB310DE</pci_device_id>
 *         </pci>
 *         <bar1_memory_usage>
 *             <total>256 MiB</total>
 *         </bar1_memory_usage>
 *     </gpu>
 * </nvidia_smi_log>
 * ```
 * ```json
 * {
 *   "dtdVersion": 12,
 *   "versions": { "line": 4, "driver": "535.183.01", "cuda": "12.2" },
 *   "attachedGpus": 1,
 *   "gpus": [
 *     {
 *       "line": 7,
 *       "name": "Tesla P4",
 *       "bdf": "0000:00:06.0",
 *       "pciId": "10de:1bb3",
 *       "virtualization": { "line": 10, "mode": "Pass-Through" },
 *       "bar1": { "totalMib": 256 }
 *     }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { SmiTreeLeaf } from '../lib/nvidia-smi.ts';
import { smiLog, type SmiLog } from '../lib/nvidia-smi-log.ts';
import { readXml, type XmlElement } from '../lib/xml.ts';

export interface NvidiaSmiXmlFacts extends SmiLog {
  /** the number in `nvsmi_device_v12.dtd` */
  dtdVersion?: number;
}

/** Elements that only this log has. */
const ELEMENTS = [
  'nvidia_smi_log',
  'attached_gpus',
  'driver_version',
  'cuda_version',
  'product_(?:name|brand|architecture)',
  'vbios_version',
  'minor_number',
  'gsp_firmware_version',
  '(?:gpu_)?virtualization_mode',
  'gpu_recovery_action',
  'pci_(?:bus_id|device_id|sub_system_id|gpu_link_info)',
  '(?:current|max)_link_(?:gen|width)',
  '(?:fb|bar1)_memory_usage',
  'clocks_(?:throttle|event)_reasons?\\w*',
  '(?:current|pending)_(?:ecc|mig|gom|dm)',
  'ecc_(?:mode|errors)',
  '[sd]ram_(?:un)?correctable\\w*',
  'retired_pages',
  'remapped_rows?\\w*',
  'gpu_temp\\w*',
  '(?:gpu_)?power_readings',
  'supported_graphics_clock',
];

/** Every element that has no children, as a leaf with its path below `top`. */
function leavesOf(top: XmlElement): SmiTreeLeaf[] {
  const leaves: SmiTreeLeaf[] = [];
  const visit = (element: XmlElement, keys: readonly string[]): void => {
    for (const child of element.children) {
      const path = [...keys, child.name];
      if (child.children.length > 0) visit(child, path);
      else if (child.text !== '') leaves.push({ line: child.line, keys: path, value: child.text });
    }
  };
  visit(top, []);
  return leaves;
}

export default defineParser<NvidiaSmiXmlFacts>({
  kind: 'nvidia-smi-xml',
  side: 'guest',
  title: 'nvidia-smi XML log',
  source: 'nvidia-smi -q -x',
  shared: [/^\s*<(?:\?xml\b|\/?[a-z_]\w*>)/],
  markers: [
    /^\s*<!DOCTYPE nvidia_smi_log\b/,
    /^\s*<gpu id="[0-9A-Fa-f:.]{7,20}">/,
    new RegExp(`^\\s*</?(?:${ELEMENTS.join('|')})>`),
  ],
  commands: [/\bnvidia-smi(?:\.exe)?\s(?:.*\s)?(?:-x|--xml-format)(?:\s|$)/],
  fileNames: [/^nvidia-smi.*\.xml$/i],
  parse(text) {
    const { elements, doctype, problems: unread } = readXml(text);
    const root = elements.find(({ name }) => name === 'nvidia_smi_log');
    const top = root?.children ?? elements;
    const gpuElements = top.filter(({ name, attributes }) => name === 'gpu' && attributes.has('id'));
    if (root === undefined && gpuElements.length === 0) return { facts: undefined, problems: [] };
    const header = top
      .filter(({ children, text: value }) => children.length === 0 && value !== '')
      .map(({ line, name, text: value }) => ({ line, keys: [name], value }));
    const sections = gpuElements.map((element) => ({
      line: element.line,
      busId: element.attributes.get('id'),
      leaves: leavesOf(element),
    }));
    const { log, problems } = smiLog((root ?? gpuElements[0]!).line, header, sections);
    const version = /_v(\d{1,3})\.dtd$/.exec(doctype ?? '')?.[1];
    return {
      facts: { ...log, dtdVersion: version === undefined ? undefined : Number(version) },
      problems: [...unread, ...problems],
    };
  },
});
