using PolicyMTA.Configuration;
using PolicyMTA.Generations;
using PolicyMTA.Receiving.Messages;
using PolicyMTA.Receiving.Messages.Checks;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>What cleanup needs of a generation, in its own words.</summary>
internal static class CleanupSlice
{
    /// <summary>The slice of a generation; valid as long as the generation is held.</summary>
    public static CleanupSettings Of(Generation generation)
    {
        var parameters = generation.Parameters;
        return new CleanupSettings
        {
            LocalClients = RewriteClients.Parse(parameters.List("local_header_rewrite_clients"), generation.Tables, MachineAddresses.Find()),
            AlwaysAddsMissingHeaders = parameters.Boolean("always_add_missing_headers"),
            UndisclosedRecipientsHeader = parameters.Text("undisclosed_recipients_header"),
            HeaderAddressTokenLimit = parameters.Int32("header_address_token_limit"),
            AlwaysBcc = parameters.Text("always_bcc") is { Length: > 0 } copy ? Address.FromInternal(copy) : null,
            SenderBccMaps = Tables("sender_bcc_maps"),
            RecipientBccMaps = Tables("recipient_bcc_maps"),
            KeepsOriginalRecipients = parameters.Boolean("enable_original_recipient"),
            DuplicateFilterLimit = parameters.Int32("duplicate_filter_limit"),
            Checks = new ContentCheckSettings
            {
                HeaderChecks = Tables("header_checks"),
                MimeHeaderChecks = Tables("mime_header_checks"),
                NestedHeaderChecks = Tables("nested_header_checks"),
                BodyChecks = Tables("body_checks"),
                MilterHeaderChecks = Tables("milter_header_checks"),
                BodyChecksSizeLimit = parameters.Int32("body_checks_size_limit"),
                Mime = new MimeLimits
                {
                    IsFollowed = !parameters.Boolean("disable_mime_input_processing"),
                    Nesting = parameters.Int32("mime_nesting_limit"),
                    BoundaryLength = parameters.Int32("mime_boundary_length_limit"),
                    HeaderSize = parameters.Int32("header_size_limit"),
                    LineLength = parameters.Int32("line_length_limit"),
                },
            },
        };

        IReadOnlyList<ILookupTable> Tables(string name) => [.. parameters.List(name).Select(generation.Tables.Open)];
    }
}
