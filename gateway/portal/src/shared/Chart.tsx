import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use as provide } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

import style from './Chart.module.css'

provide([LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

/** A line of a chart; a late one is drawn in the colour of lateness, dashed, so that grey print tells it as well. */
export interface Series {
  name: string
  values: number[]
  late?: boolean
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

function option(times: string[], series: Series[], unit: string) {
  const text = { color: colour('--text-2'), fontSize: 12 }
  return {
    animation: false,
    grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, textStyle: text, icon: 'roundRect', itemHeight: 3 },
    tooltip: { trigger: 'axis', backgroundColor: colour('--surface-up'), borderColor: colour('--line'), textStyle: { color: colour('--text'), fontSize: 12 }, valueFormatter: (value: unknown) => `${typeof value === 'number' ? String(Math.round(value * 10) / 10) : ''}${unit ? ` ${unit}` : ''}` },
    xAxis: { type: 'category', data: times, boundaryGap: false, axisLabel: text, axisLine: { lineStyle: { color: colour('--line-strong') } }, axisTick: { show: false } },
    yAxis: { type: 'value', minInterval: unit ? 0 : 1, axisLabel: text, splitLine: { lineStyle: { color: colour('--line') } } },
    series: series.map(({ name, values, late }, index) => ({
      name,
      type: 'line',
      data: values,
      showSymbol: values.length < 2,
      lineStyle: { width: 2, type: late ? 'dashed' : index > 0 ? 'dotted' : 'solid' },
      color: late ? colour('--late') : index > 0 ? colour('--text-2') : colour('--accent'),
    })),
  }
}

/** A chart over time. Whoever cannot see it reads the table that stands one click away. */
export default function Chart({ label, times, series, unit = '' }: { label: string; times: string[]; series: Series[]; unit?: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const chart = init(element)
    chart.setOption(option(times, series, unit))
    const watcher = new ResizeObserver(() => { chart.resize() })
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      chart.dispose()
    }
  }, [times, series, unit])
  return <div ref={place} className={style.chart} role="img" aria-label={label} />
}
