import { theme as antdTheme, type ThemeConfig } from 'antd'

const font =
  '"Segoe UI Variable Text", "Segoe UI", -apple-system, "PingFang SC", "HarmonyOS Sans SC", "MiSans", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'

const light = {
  colorPrimary: '#0b6e75',
  colorLink: '#0a5e64',
  colorInfo: '#0b6e75',
  colorError: '#c2321f',
  colorText: '#182225',
  colorTextSecondary: '#52606a',
  colorTextPlaceholder: '#6a7780',
  colorTextDescription: '#5f6d76',
  colorBorder: '#cdd5d8',
  colorBorderSecondary: '#e2e7e8',
  colorBgLayout: '#f4f6f6',
  colorBgContainer: '#ffffff',
}

const dark = {
  colorPrimary: '#4cb8bd',
  colorLink: '#63c7cb',
  colorInfo: '#4cb8bd',
  colorTextLightSolid: '#04201f',
  colorError: '#ff7d69',
  colorText: '#e4eaec',
  colorTextSecondary: '#a5b2b8',
  colorTextPlaceholder: '#83929a',
  colorTextDescription: '#93a1a8',
  colorBorder: '#39454b',
  colorBorderSecondary: '#283237',
  colorBgLayout: '#0f1416',
  colorBgContainer: '#161c1f',
  colorBgElevated: '#1c2428',
}

/** Ant Design in our own dress; the same colours stand as custom properties in tokens.css. */
export function themeOf(isDark: boolean, compact: boolean): ThemeConfig {
  return {
    algorithm: isDark ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    token: {
      ...(isDark ? dark : light),
      fontFamily: font,
      fontSize: 14,
      borderRadius: 6,
      controlHeight: compact ? 28 : 32,
      wireframe: false,
      motionDurationMid: '0.14s',
      motionDurationSlow: '0.18s',
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Form: { itemMarginBottom: 14, verticalLabelPadding: '0 0 4px', labelColor: isDark ? dark.colorTextSecondary : light.colorTextSecondary },
    },
  }
}
