import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { EndpointRegistry } from '../registry.js';
import { openApiDocument } from './openapi.js';
import { descriptionPage } from './page.js';

/** The API's description, for tools and for people. Needs no credential: it says nothing that the contract does not. */
@Controller()
export class DescriptionController {
  /** Made when they are first asked for; most gateways are never asked. */
  private document: string | undefined;
  private page: string | undefined;

  constructor(private readonly registry: EndpointRegistry) {}

  @Get('openapi.json')
  openApi(@Res() reply: FastifyReply): void {
    this.document ??= JSON.stringify(openApiDocument(this.registry.endpoints));
    reply.header('content-type', 'application/json; charset=utf-8').send(this.document);
  }

  @Get('docs')
  docs(@Res() reply: FastifyReply): void {
    this.page ??= descriptionPage(this.registry.endpoints);
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(this.page);
  }
}
