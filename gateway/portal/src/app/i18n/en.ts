import { access } from './en/access'
import { audit } from './en/audit'
import { customers } from './en/customers'
import { errors } from './en/errors'
import { files } from './en/files'
import { operations } from './en/operations'
import { organisation } from './en/organisation'
import { settings } from './en/settings'
import { shell } from './en/shell'
import { systems } from './en/systems'
import { tasks } from './en/tasks'
import type { Catalogue } from './text'

/** The texts in English. */
export const en: Catalogue = { ...shell, ...errors, ...tasks, ...customers, ...files, ...organisation, ...access, ...settings, ...audit, ...systems, ...operations }
