import { decodeMailEvent } from '#contracts/mail-events/mail-event';
import type { MailEvent } from '#contracts/mail-events/mail-event';
import { contractMigrations } from '#contracts/schema/migrations';
import { describeTopics } from '#platform/kafka/admin';
import { createRecordProducer } from '#platform/kafka/client';
import type { RecordProducer } from '#platform/kafka/client';
import { createTestDatabase } from '#platform/testing/test-database';
import type { TestDatabase } from '#platform/testing/test-database';
import { createTestTopic, readTopic, testLogger } from '#platform/testing/test-kafka';
import type { TestTopic } from '#platform/testing/test-kafka';
import { cuttableNetwork } from '#platform/testing/test-network';
import { csvLine, KEY, oursNo } from '../map/testing.spec.js';
import { Batches } from '../publish/batches.js';
import { Publisher } from '../publish/publisher.js';
import { Checkpoints } from '../tail/checkpoints.js';

/** MySQL and Kafka for ways in that have no files: one database, topics that are new for each test. */
export class EnginesBench {
  readonly network = cuttableNetwork();
  readonly log = testLogger();
  database!: TestDatabase;
  private producer!: RecordProducer;
  private events!: TestTopic;
  private receipts!: TestTopic;

  async begin(): Promise<void> {
    this.database = await createTestDatabase(contractMigrations);
  }
  async end(): Promise<void> {
    await this.database.drop();
  }

  async beginTest(): Promise<void> {
    const { kafka } = this.network;
    this.events = await createTestTopic(kafka, { purpose: 'events' });
    this.receipts = await createTestTopic(kafka, { purpose: 'receipts' });
    this.producer = createRecordProducer(kafka);
    await this.database.database.execute('DELETE FROM ingest_quarantine');
  }
  async endTest(): Promise<void> {
    this.network.restore();
    await this.producer.disconnect();
    await Promise.all([this.events.drop(), this.receipts.drop()]);
  }

  get batches(): Batches {
    const topics = { mailEvents: this.events.name, mtaReceipts: this.receipts.name };
    return new Batches({ producer: this.producer, topics, referenceKey: KEY });
  }

  newPublisher(checkpoints: Pick<Checkpoints, 'save'> = new Checkpoints(this.database.database)): Publisher {
    return new Publisher(this.producer, checkpoints, this.log);
  }

  async published(count: number): Promise<MailEvent[]> {
    const messages = await readTopic(this.network.kafka, this.events.name, count);
    return messages.map(({ value }) => decodeMailEvent(value ?? Buffer.alloc(0)));
  }

  /** How many events Kafka has. */
  async total(): Promise<number> {
    const [topic] = await describeTopics(this.network.kafka, [this.events.name]);
    return (topic?.partitions ?? []).reduce((sum, { high }) => sum + Number(high), 0);
  }

  quarantined(): Promise<{ path: string; offset: number; reason: string; format: string; header: string }[]> {
    return this.database.database.query(
      'SELECT path, offset, reason, format, header FROM ingest_quarantine ORDER BY id',
    );
  }
}

/** A row of our mail to recipient number `no`. */
export const delivery = (no: number, cells: object = {}): string =>
  csvLine(oursNo(no, { rcpt: `r${no}@inbox.example`, ...cells }));

/** The same as a record of JSON. */
export const record = (no: number): object => oursNo(no, { rcpt: `r${no}@inbox.example` });
