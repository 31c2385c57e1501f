PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_settings_versions` (
	`scope` text NOT NULL,
	`version` integer NOT NULL,
	`settings` text NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	PRIMARY KEY(`scope`, `version`)
);
--> statement-breakpoint
INSERT INTO `__new_settings_versions`("scope", "version", "settings", "created_at", "created_by") SELECT 'all', "version", "settings", "created_at", "created_by" FROM `settings_versions`;--> statement-breakpoint
DROP TABLE `settings_versions`;--> statement-breakpoint
ALTER TABLE `__new_settings_versions` RENAME TO `settings_versions`;--> statement-breakpoint
PRAGMA foreign_keys=ON;