CREATE TABLE `reconciliation_differences` (
	`run_id` text NOT NULL,
	`order_id` text NOT NULL,
	`kind` text NOT NULL,
	`fields` text NOT NULL,
	`ledger` text,
	`database` text,
	`outcome` text NOT NULL,
	`reason` text,
	PRIMARY KEY(`run_id`, `order_id`)
);
--> statement-breakpoint
CREATE TABLE `reconciliations` (
	`id` text PRIMARY KEY NOT NULL,
	`spike_id` text NOT NULL,
	`mode` text NOT NULL,
	`started_by` text NOT NULL,
	`started_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`finished_at` integer,
	`step` integer NOT NULL,
	`position` text NOT NULL,
	`tally` text NOT NULL,
	`removes_unproven` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `reconciliations_spike` ON `reconciliations` (`spike_id`,`started_at`,`id`);--> statement-breakpoint
CREATE INDEX `reconciliations_started` ON `reconciliations` (`started_at`,`id`);--> statement-breakpoint
CREATE INDEX `reconciliations_open` ON `reconciliations` (`updated_at`) WHERE finished_at IS NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `state` text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `failed_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `spike_id` text;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `order_id` text;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `version` integer;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `message_id` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `message_attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD `note` text;--> statement-breakpoint
CREATE INDEX `dead_letters_created` ON `dead_letters` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `dead_letters_state` ON `dead_letters` (`state`,`created_at`,`id`);