CREATE TABLE `settings_versions` (
	`version` integer PRIMARY KEY NOT NULL,
	`settings` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `blacklist_expiry` ON `blacklist` (`expires_at`);--> statement-breakpoint
CREATE INDEX `spikes_ends_at` ON `spikes` (`ends_at`,`id`);--> statement-breakpoint
CREATE INDEX `spikes_created` ON `spikes` (`created_at`,`id`);