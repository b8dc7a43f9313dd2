import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/guest/nvidia-smi-xml.ts';
import { readXml } from '../../../parsers/lib/xml.ts';

const GPU = `<nvidia_smi_log>
<timestamp>Sat Mar  8 10:04:51 2025</timestamp>
<gpu id="00000000:41:00.0">
  <product_name>NVIDIA A30 &lt;OEM&gt;</product_name>
  <mig_mode><current_mig>Enabled</current_mig></mig_mode>
  <mig_devices>
    <mig_device>
      <index>0</index><gpu_instance_id>3</gpu_instance_id>
      <fb_memory_usage><total>5952 MiB</total><used>13 MiB</used></fb_memory_usage>
      <bar1_memory_usage><total>8191 MiB</total></bar1_memory_usage>
    </mig_device>
  </mig_devices>
  <gsp_firmware_version>N/A</gsp_firmware_version>
  <gpu_reset_status><reset_required>Yes</reset_required></gpu_reset_status>
  <pci><pci_device_id>20B710DE</pci_device_id><pci_sub_system_id>153210DE</pci_sub_system_id>
    <pci_gpu_link_info><link_widths><current_link_width>4x</current_link_width></link_widths></pci_gpu_link_info>
  </pci>
  <fb_memory_usage><total>24576 MiB</total></fb_memory_usage>
  <bar1_memory_usage><total>32768 MiB</total></bar1_memory_usage>
  <ecc_errors><volatile><sram_uncorrectable_parity>0</sram_uncorrectable_parity>
    <dram_uncorrectable>3</dram_uncorrectable></volatile></ecc_errors>
  <retired_pages>
    <double_bit_retirement><retired_count>2</retired_count></double_bit_retirement>
    <pending_blacklist>N/A</pending_blacklist>
    <pending_retirement>Yes</pending_retirement>
  </retired_pages>
  <remapped_rows><remapped_row_pending>No</remapped_row_pending><remapped_row_failure>Yes</remapped_row_failure></remapped_rows>
  <temperature><gpu_temp>ERR!</gpu_temp></temperature>
  <processes>
    <process_info><pid>812</pid><process_name>serve</process_name></process_info>
  </processes>
</gpu>
</nvidia_smi_log>
`;

describe('nvidia-smi -q -x', () => {
  it('lifts the same fields as the text log', () => {
    const { facts, problems } = parser.parse(GPU);
    expect(problems).toEqual([]);
    expect(facts?.dtdVersion).toBeUndefined();
    expect(facts?.timestamp).toBe('Sat Mar  8 10:04:51 2025');
    expect(facts?.gpus[0]).toMatchObject({
      line: 3,
      name: 'NVIDIA A30 <OEM>',
      bdf: '0000:41:00.0',
      pciId: '10de:20b7',
      subsystemId: '10de:1532',
      migMode: 'Enabled',
      gspFirmware: { line: 13, version: null },
      recovery: { resetRequired: true },
      memory: { totalMib: 24576 },
      bar1: { totalMib: 32768 },
      link: { widthCurrent: 4 },
      ecc: { line: 21, volatileUncorrected: 3 },
      retiredPages: { line: 25, pending: true, doubleBit: 2 },
      remappedRows: { pending: false, failure: true },
      hasError: true,
      errors: [{ line: 28, field: 'temperature/gpu_temp', text: 'ERR!' }],
    });
    expect(facts?.gpus[0]?.index).toBeUndefined();
    expect(facts?.migDevices).toEqual([
      expect.objectContaining({
        index: 0,
        gpuInstance: 3,
        bar1: expect.objectContaining({ totalMib: 8191 }) as unknown,
      }),
    ]);
    expect(facts?.gpus[0]?.leaves).toContainEqual({ line: 30, path: 'processes/process_info/pid', value: '812' });
  });

  it('reads what is there of a log that was cut off, and says so', () => {
    const cut = GPU.slice(0, GPU.indexOf('<ecc_errors>') + 30);
    const { facts, problems } = parser.parse(cut);
    expect(facts?.gpus[0]?.bar1?.totalMib).toBe(32768);
    expect(problems).toEqual([{ message: expect.stringContaining('was cut off') as string, line: 20 }]);
  });

  it('reads an excerpt without the root', () => {
    expect(parser.parse('<gpu id="0000:01:00.0"><uuid>GPU-1</uuid></gpu>').facts?.gpus[0]).toMatchObject({
      uuid: 'GPU-1',
    });
  });

  it('finds nothing in other XML', () => {
    expect(parser.parse('<domain type="bhyve"><name>vm</name></domain>').facts).toBeUndefined();
  });

  it('keeps few of the thousands of supported clocks', () => {
    const clocks = '<supported_graphics_clock>1000 MHz</supported_graphics_clock>'.repeat(3000);
    const { facts } = parser.parse(`<nvidia_smi_log><gpu id="0000:01:00.0">${clocks}</gpu></nvidia_smi_log>`);
    expect(facts?.gpus[0]?.leaves).toHaveLength(16);
    expect(facts?.gpus[0]?.leavesOmitted).toBe(2984);
  });
});

describe('XML reader', () => {
  it('skips the document type with its subset and expands no entity of it', () => {
    const { elements, doctype, problems } = readXml(
      '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "x_v3.dtd" [ <!ENTITY e "boom"> ]>\n<!-- <b> -->\n<a k=\'v&amp;w\'>&e;&#65;&#x42;<![CDATA[<&amp;]]></a>',
    );
    expect(problems).toEqual([]);
    expect(doctype).toBe('x_v3.dtd');
    expect(elements[0]).toMatchObject({ line: 4, name: 'a', text: '&e;AB<&amp;' });
    expect(elements[0]?.attributes.get('k')).toBe('v&w');
  });

  it('bounds depth and survives tags that do not match', () => {
    const deep = readXml('<a>'.repeat(1000));
    expect(deep.problems[0]?.message).toContain('deeper than 32');
    const crossed = readXml('<a><b>1</a>\n</c><d>2</d>');
    expect(crossed.elements.map(({ name }) => name)).toEqual(['a', 'd']);
    expect(crossed.problems.map(({ message }) => message)).toEqual([
      '<b> is not closed',
      '</c> closes nothing that is open',
    ]);
  });

  it('takes a bare < as text', () => {
    expect(readXml('<a>1 < 2</a>').elements[0]?.text).toBe('1 < 2');
  });

  it.each([
    ['brackets', '<'.repeat(400_000) + '>'],
    ['open tags', '<a>'.repeat(200_000)],
    ['close tags', '</a>'.repeat(200_000)],
    ['declarations', '<!>'.repeat(200_000)],
    ['attributes', '<a b="'.repeat(100_000) + '>'],
  ])('takes linear time for %s', (_, text) => {
    const start = performance.now();
    readXml(text);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
