CREATE TABLE "instances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"operators" text[] NOT NULL,
	"epoch" integer NOT NULL,
	"seq" bigint NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_checkpoints" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"epoch" integer NOT NULL,
	"hash" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"signer" text NOT NULL,
	"signature" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"actor" text NOT NULL,
	"key" text NOT NULL,
	"operation" text NOT NULL,
	"input_hash" text NOT NULL,
	"seq" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_actor_key_pk" PRIMARY KEY("actor","key")
);
--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "actor" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "person" text;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "person_salt" text;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "person_hash" text;--> statement-breakpoint
ALTER TABLE "server_settings" ADD COLUMN "audit_retention_days" integer;--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");