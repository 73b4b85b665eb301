import { access } from './zh/access'
import { audit } from './zh/audit'
import { customers } from './zh/customers'
import { errors } from './zh/errors'
import { files } from './zh/files'
import { operations } from './zh/operations'
import { organisation } from './zh/organisation'
import { settings } from './zh/settings'
import { shell } from './zh/shell'
import { systems } from './zh/systems'
import { tasks } from './zh/tasks'

/** The texts in Chinese, the source language, a file for each part of the portal. */
export const zh = { ...shell, ...errors, ...tasks, ...customers, ...files, ...organisation, ...access, ...settings, ...audit, ...systems, ...operations }
