(function tablePart(binding) {
  'use strict';

  const { inspect } = binding;

  binding.define('table', () => {
    function cells(row) {
      return row !== null && (typeof row === 'object' || typeof row === 'function');
    }

    function rowsOf(data) {
      if (data instanceof Map) return [...data].map(([key, value], i) => [String(i), { Key: key, Values: value }]);
      if (data instanceof Set) return [...data].map((value, i) => [String(i), value]);
      return Object.keys(data).map((key) => [key, data[key]]);
    }

    /** Columns in order of appearance, then `Values` where some rows are no objects. */
    function columnsOf(rows, wanted) {
      if (wanted !== undefined) return [...wanted];
      const names = new Set();
      for (const [, row] of rows) if (cells(row)) Object.keys(row).forEach((key) => names.add(key));
      return [...names];
    }

    /**
     * Rows in a frame.
     * @param {object} data
     * @param {string[]} [wanted] columns
     * @returns {string}
     */
    function table(data, wanted) {
      const rows = rowsOf(data);
      const columns = columnsOf(rows, wanted);
      const plain = rows.some(([, row]) => !cells(row));
      const shown = (value) => inspect(value, { depth: cells(value) ? 0 : 2, breakLength: Infinity });
      const lines = [['(index)', ...columns, ...(plain ? ['Values'] : [])]];
      for (const [key, row] of rows) {
        const line = [key];
        for (const column of columns) {
          line.push(cells(row) && Object.hasOwn(row, column) ? shown(row[column]) : '');
        }
        if (plain) line.push(cells(row) ? '' : shown(row));
        lines.push(line);
      }
      return frame(lines);
    }

    function frame(lines) {
      const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
      const rule = (left, middle, right) => left + widths.map((w) => '\u2500'.repeat(w + 2)).join(middle) + right;
      const row = (line) => `\u2502${line.map((cell, i) => ` ${cell.padEnd(widths[i])} `).join('\u2502')}\u2502`;
      return [
        rule('\u250c', '\u252c', '\u2510'), row(lines[0]), rule('\u251c', '\u253c', '\u2524'),
        ...lines.slice(1).map(row), rule('\u2514', '\u2534', '\u2518'),
      ].join('\n');
    }

    return { table };
  });
})
