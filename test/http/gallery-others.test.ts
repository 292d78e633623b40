import { tourGallery } from '../support/gallery-browser.ts';

tourGallery('others');
