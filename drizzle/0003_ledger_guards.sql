-- The ledger grows and is never rewritten: no row goes, and of a row that stands only its texts can be emptied (retention, erasure).
CREATE FUNCTION "refuse_rewriting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of % are never changed or removed (% was refused)', TG_TABLE_NAME, TG_OP
		USING ERRCODE = 'restrict_violation';
END;
$$;
--> statement-breakpoint
CREATE FUNCTION "refuse_rewriting_of_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	emptied "changes"%ROWTYPE := OLD;
BEGIN
	IF NEW."body" IS NULL AND NEW."salt" IS NULL THEN
		emptied."body" := NULL;
		emptied."salt" := NULL;
	END IF;
	IF NEW."person" IS NULL AND NEW."person_salt" IS NULL THEN
		emptied."person" := NULL;
		emptied."person_salt" := NULL;
	END IF;
	IF NEW IS DISTINCT FROM emptied THEN
		RAISE EXCEPTION 'rows of the ledger are never changed: nothing but emptying body and salt, or person and person_salt, is allowed'
			USING ERRCODE = 'restrict_violation';
	END IF;
	RETURN NEW;
END;
$$;
--> statement-breakpoint
CREATE TRIGGER "changes_are_only_emptied" BEFORE UPDATE ON "changes" FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting_of_changes"();
--> statement-breakpoint
CREATE TRIGGER "changes_stay" BEFORE DELETE OR TRUNCATE ON "changes" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
--> statement-breakpoint
CREATE TRIGGER "ledger_checkpoints_stay" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_checkpoints" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
