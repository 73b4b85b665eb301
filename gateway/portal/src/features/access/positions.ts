/** Positions of the branch; each has the role of its name. */
export const positions = ['customer_manager', 'seat_manager', 'supervisor', 'bureau_chief', 'support_staff', 'editor', 'dispatcher', 'operator', 'administrator'] as const
